"""CPython: the only files that use sockets, files and the packages of the machine."""
