"""The sign-in: a key is given once, and a cookie that scripts cannot read stands for it from then on."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.access.access import SIGN_IN_COOKIE, SIGNED_IN_S, Access
from app.access.sessions import COOKIE as SESSION_COOKIE
from app.access.sessions import PATH as SESSION_PATH
from app.engine.errors import TooManyGuesses
from app.ui.markup import escape
from app.ui.messages import fact_in
from app.ui.words import LANGUAGES, tables

MAX_FORM_BYTES = 8192
AFTERWARDS = ("/", "/docs", "/redoc")  # where a sign-in may lead: never to another site
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 100vh; margin: 0;
  background: #f8fafc; color: #1e293b; color-scheme: light dark; }
form { width: min(22rem, 90vw); display: grid; gap: 0.75rem; padding: 1.5rem; border: 1px solid #cbd5e1;
  border-radius: 10px; background: #fff; }
h1 { font-size: 1.25rem; margin: 0; } p { margin: 0; } label { display: grid; gap: 0.25rem; font-weight: 600; }
input, button { font: inherit; padding: 0.5rem 0.75rem; border-radius: 8px; border: 1px solid #94a3b8; }
button { background: #4f46e5; color: #fff; border: 0; cursor: pointer; } [role=alert] { color: #b91c1c; }
@media (prefers-color-scheme: dark) { body { background: #0f172a; color: #e2e8f0; }
  form { background: #1e293b; border-color: #475569; } [role=alert] { color: #fca5a5; } }
"""

router = APIRouter(include_in_schema=False)


async def _access_of(request: Request) -> Access:
    access: Access = request.app.state.service.access
    return access


AccessDep = Annotated[Access, Depends(_access_of)]


@router.get("/sign-in")
async def show_sign_in(request: Request) -> HTMLResponse:
    """The form that asks for a key."""
    return _form(request, request.query_params.get("next", ""))


@router.post("/sign-in")
async def sign_in(request: Request, access: AccessDep) -> Response:
    """Take a key, and give the cookie that stands for it."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MAX_FORM_BYTES:
            return _form(request, "", is_wrong=True)
    given = parse_qs(data.decode("utf-8", "replace"))
    afterwards = given.get("next", [""])[0]
    try:
        key = access.judged(given.get("key", [""])[0].strip(), request.client.host if request.client else "")
    except TooManyGuesses as refused:
        return _form(request, afterwards, refused)
    if key is None:
        return _form(request, afterwards, is_wrong=True)
    answer = _leading_to(request, afterwards)
    answer.set_cookie(
        SIGN_IN_COOKIE,
        access.cookie_for(key),
        max_age=SIGNED_IN_S,
        path=_root(request),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Take the cookie back, and that of the session: whoever comes next begins their own."""
    answer = RedirectResponse(f"{request.scope.get('root_path', '')}/sign-in", 303)
    answer.delete_cookie(SIGN_IN_COOKIE, path=_root(request))
    answer.delete_cookie(SESSION_COOKIE, path=SESSION_PATH)
    return answer


def _root(request: Request) -> str:
    return f"{request.scope.get('root_path', '')}/"


def _leading_to(request: Request, afterwards: str) -> Response:
    path, mark, query = afterwards.partition("?")
    where = path + mark + query if path in AFTERWARDS else "/"
    return RedirectResponse(request.scope.get("root_path", "") + where, 303)


def _form(
    request: Request, afterwards: str, refused: TooManyGuesses | None = None, *, is_wrong: bool = False
) -> HTMLResponse:
    """The document, in the language that the browser asks for."""
    is_chinese = request.headers.get("accept-language", "").lower().startswith("zh")
    language = "zh-CN" if is_chinese else next(iter(LANGUAGES))
    words = tables()[language]
    alert = f'<p role="alert">{words["error_wrong_key"]}</p>' if is_wrong else ""
    if refused is not None:
        alert = f'<p role="alert">{escape(fact_in(language, refused))}</p>'
    document = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>EditX</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body><form method="post" action="./sign-in"><h1>EditX</h1>'
        f'<p>{words["sign_in_hint"]}</p>{alert}<input type="hidden" name="next" value="{escape(afterwards)}">'
        f'<label>{words["sign_in_key"]}<input type="password" name="key" required autofocus '
        f'autocomplete="current-password"></label><button>{words["sign_in"]}</button></form></body></html>'
    )
    headers = {"cache-control": "no-store"}
    if refused is not None:
        headers["retry-after"] = str(max(1, round(refused.retry_after_s)))
    return HTMLResponse(document, 429 if refused is not None else 401 if is_wrong else 200, headers)
