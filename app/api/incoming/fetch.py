"""Audio from addresses that callers name, without becoming their door into our network.

The address is checked where the connection is made: every name is resolved here, each of its addresses is judged, and
the socket goes to the very address that was judged, so that a name cannot change its mind in between. TLS still
verifies the name. Redirects pass through the same gate. Proxies from the environment are not used, as they would
resolve names out of our sight.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from app.api.refusals import (
    AddressWithUser,
    CompressedBody,
    FetchingOff,
    NoAddress,
    NoAnswerInTime,
    OtherStatus,
    TooManyRedirects,
    UrlNotAllowed,
    UrlUnreachable,
    WrongPort,
    WrongScheme,
)
from app.engine.executors import BoundedExecutor
from app.engine.sound.decoding import check_size

MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS = {"http": 80, "https": 443}
RESOLVER_THREADS, MAX_WAITING_NAMES = 4, 64
VALID_PORTS = range(1, 65536)
# Global by the registries, yet never a place for audio: the cloud's own service address, relays into other networks.
REFUSED = tuple(
    map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "fec0::/10"))
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(Exception):
    """A name leads to an address that is not for us to visit."""


def is_public(address: Address) -> bool:
    """True for an address of the open internet, whatever way an inner address may be wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64 or int(address) < 1 << 32:  # the latter is the old IPv4-compatible form
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        wrapped = [found for found in inner if found is not None]
        if wrapped:
            return all(map(is_public, wrapped))
    if any(address.version == network.version and address in network for network in REFUSED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to public addresses only, save to hosts that the operator named."""

    def __init__(self, allowed_hosts: Iterable[str], executor: BoundedExecutor) -> None:
        """`executor` asks the system for addresses of names."""
        self._executor = executor
        self._allowed = frozenset(host.lower() for host in allowed_hosts)
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, judge, and connect to the first address that answers. Raises NotAllowed, httpcore.ConnectError."""
        addresses = await self._resolved(host, port)
        if not self._is_named(host, port) and not all(map(is_public, addresses)):
            raise NotAllowed
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """As AsyncNetworkBackend."""
        await self._network.sleep(seconds)

    def _is_named(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        return name in self._allowed or f"{name}:{port}" in self._allowed

    async def _resolved(self, host: str, port: int) -> list[Address]:
        try:
            rows = await self._executor.run(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:  # the latter for what is no name at all, such as "a..b"
            raise httpcore.ConnectError("the name does not resolve") from error
        found = dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows)
        return [ipaddress.ip_address(text) for text in found]


class Fetcher:
    """Fetches one file at a time per call; safe to share between requests."""

    def __init__(self, *, is_on: bool, allowed_hosts: Iterable[str], timeout_s: float, max_bytes: int) -> None:
        self._is_on = is_on
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        # Threads of its own: a name that is slow to resolve must hold up nothing but fetching.
        self._executor = BoundedExecutor("resolver", threads=RESOLVER_THREADS, max_waiting=MAX_WAITING_NAMES)
        self._network = GuardedNetwork(allowed_hosts, self._executor)
        self._tls: ssl.SSLContext | None = None

    async def fetch(self, url: str, param: str) -> bytes:
        """The body behind `url`. Raises UrlNotAllowed, UrlUnreachable, AudioTooLarge, naming `param`."""
        if not self._is_on:
            raise FetchingOff(param=param)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(url, param)
        except NotAllowed as error:
            raise UrlNotAllowed(param=param) from error
        except TimeoutError as error:
            raise NoAnswerInTime(self._timeout_s, param=param) from error
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
            raise UrlUnreachable(param=param) from error

    async def _follow(self, url: str, param: str) -> bytes:
        target = _checked(url, param)
        async with httpcore.AsyncConnectionPool(
            ssl_context=await self._context(), network_backend=self._network
        ) as pool:
            for _ in range(MAX_REDIRECTS + 1):
                async with pool.stream("GET", str(target), headers=_headers(target)) as response:
                    if response.status not in REDIRECTS:
                        return await self._read(response, param)
                    target = _checked(_header(response, b"location"), param, base=target)
        raise TooManyRedirects(MAX_REDIRECTS, param=param)

    async def _read(self, response: httpcore.Response, param: str) -> bytes:
        if response.status != 200:
            raise OtherStatus(response.status, param=param)
        if _header(response, b"content-encoding") not in ("", "identity"):
            raise CompressedBody(param=param)
        declared = _header(response, b"content-length")
        check_size(int(declared) if declared.isdecimal() else 0, param, self._max_bytes)
        body = bytearray()
        async for part in response.aiter_stream():
            body += part
            check_size(len(body), param, self._max_bytes)
        return bytes(body)

    async def _context(self) -> ssl.SSLContext:
        if self._tls is None:  # reads the system's certificates: some 20 ms
            self._tls = await self._executor.run(httpx.create_ssl_context)
        return self._tls


def _checked(url: str, param: str, base: httpx.URL | None = None) -> httpx.URL:
    """The parsed address, relative to `base` if given. Raises UrlNotAllowed for anything but plain http and https."""
    try:
        parsed = httpx.URL(url) if base is None else base.join(url)
        host, port = parsed.host, parsed.port  # here a damaged "xn--" name shows
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise NoAddress(param=param) from error
    if parsed.scheme not in PORTS or not host:
        raise WrongScheme(param=param)
    if port is not None and port not in VALID_PORTS:
        raise WrongPort(port, VALID_PORTS[-1], param=param)
    if parsed.userinfo:
        raise AddressWithUser(param=param)
    return parsed.copy_with(fragment=None)


def _headers(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", url.netloc),
        (b"User-Agent", b"EditX"),
        (b"Accept", b"audio/*, video/*, application/octet-stream, */*;q=0.1"),
        (b"Accept-Encoding", b"identity"),
    ]


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")
