"""What the end-to-end tests are made of: sockets scripted byte by byte, processes, the store, a real broker."""
