"""IP addresses that belong to the public web."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

# Not public either. Python's own list lacks them, or did in 3.11.
_REFUSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # Protocol assignments; Oracle's cloud serves instance metadata there.
            "192.88.99.0/24",  # 6to4 relays, deprecated.
            "168.63.129.16/32",  # Looks public, but Azure serves instance metadata there.
            "3fff::/20",  # Documentation.
            "5f00::/16",  # Segment routing.
            "64:ff9b:1::/48",  # NAT64 of a local network, with any target.
            "fec0::/10",  # Site-local, deprecated.
        ),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefusedError(OSError):
    """The address does not belong to the public web."""


def is_public(address: str) -> bool:
    """Return True if an IP address belongs to the public internet (IANA special-purpose registries).

    IPv6 forms that carry an IPv4 address (mapped, 6to4, NAT64 of RFC 6052) are judged by that address.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    # Reserved addresses are not unicast yet, or are deprecated forms of IPv4 addresses.
    if ip.is_multicast or ip.is_reserved or any(ip in network for network in _REFUSED):
        return False
    return ip.is_global


def public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Return a socket to a resolved address; raises AddressRefusedError if it is not public.

    It is called for every connection with the very address that will be used, so nothing can change in
    between.
    """
    family, kind, protocol, _, address = info
    if not is_public(address[0]):
        raise AddressRefusedError("address is not public")
    return socket.socket(family, kind, protocol)
