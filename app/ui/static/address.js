// Where the page was loaded from, behind whatever proxy and path prefix.
export const pageAddress = () => new URL(".", document.baseURI).href.replace(/\/$/, "");
