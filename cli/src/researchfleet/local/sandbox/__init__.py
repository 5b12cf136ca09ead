"""Where agents run: apart from each other, from the network and from the machine."""
