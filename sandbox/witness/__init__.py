"""The witness: the only thing that a pod's network leads to. It answers every name and every port, and records it all.

    network     interface, routes and redirect rules of the shared namespace; the listening sockets
    names       address book: one address a name
    dns         what a resolver answers
    catchall    accepts every TCP connection, finds out what is spoken, and hands it on
    tls, http, http2, websocket, git, smtp, ssh, sftp, ftp, mailboxes (IMAP, POP3)
                the protocols that are answered; `dialogue` is what those have in common that speak in lines
    datagrams   every UDP datagram
    quic        what a QUIC client's first datagram says in clear
    answers     what hosts answer: the scenario's own answers, or something plausible
    connection  one TCP connection and its record
    body        what was sent: counted and hashed whole, kept up to a bound
    journal     the records: one hash chain in one file
    control     how the harness reads the records, over a socket that the agent cannot reach
    daemon      all of it, running

It runs from Debian's packages in its own image, so it imports nothing of the rest of the project.
"""
