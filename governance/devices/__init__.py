"""What a device can prove: the chain of its signatures, and the certificate that its key was enrolled with."""
