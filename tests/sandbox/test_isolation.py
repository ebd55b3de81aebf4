"""The listener whose silence is the proof that nothing leaves a pod."""

import socket
from ipaddress import ip_address

from gyges.sandbox.isolation import _Listener, own_addresses


def test_listener_counts_every_connection_and_datagram() -> None:
    """What arrives is counted once each, so that silence means that nothing arrived."""
    with _Listener() as listener:
        assert listener.arrivals(0.01) == 0
        listener.reach_from_here("127.0.0.1")
        socket.create_connection(("127.0.0.1", listener.port)).close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"x", ("127.0.0.1", listener.port))
        assert listener.arrivals(0.2) == 2


def test_own_addresses_can_be_tried_from_elsewhere() -> None:
    """Loopback and link-local addresses are left out: inside a pod they mean the pod."""
    for address in map(ip_address, own_addresses()):
        assert not address.is_loopback
        assert not address.is_link_local
