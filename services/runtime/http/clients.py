"""Whose tries are counted together."""

import ipaddress


def network(client: str) -> str:
    """An address; of IPv6 the /64, all of which one household or one attacker has."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
