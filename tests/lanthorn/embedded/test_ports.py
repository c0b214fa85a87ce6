import socket
import threading

import pytest

from lanthorn.embedded.ports import PORTS, PortTaken, free_ports, require_free


def test_free_ports_are_different_and_can_be_listened_on():
    ports = free_ports(8)
    assert len(set(ports)) == 8
    assert all(port in PORTS for port in ports)
    for port in ports:
        require_free(port, "a server")


def test_a_port_that_is_listened_on_is_refused_by_number_and_name():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"the broker cannot listen on 127\.0\.0\.1:{port}"):
            require_free(port, "the broker")


def test_a_port_that_is_being_given_up_is_waited_for() -> None:
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)) as listener:
        giving_up = threading.Timer(0.2, listener.close)
        giving_up.start()
        require_free(port, "the store")
        giving_up.join()
