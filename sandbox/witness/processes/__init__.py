"""The supervisor: first process of the pod, told by the kernel of what every process of the agent's container does.

    supervisor  the loop: one thread, every descriptor in one poll
    notify      seccomp user notification (seccomp_unotify(2)): how a call is received and let go on
    calls       what a received system call asks for, read out of the caller's memory
    sessions    one process tree for each command that was started from outside, and how it is ended
    rooted      how a file of the agent's container is opened from outside it
    files       the agent's files: laid down, watched (inotify(7)), fingerprinted
    privileges  another user than the agent can be, with no more capabilities than it needs

It shares its pid namespace with the agent's container and runs as another user, so nothing in there can signal, trace
or read it; where it ends, every call that it is told of fails. The network's witness runs as its child.
"""
