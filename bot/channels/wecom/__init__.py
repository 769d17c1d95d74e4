"""What all channels of WeChat's platforms have in common: the cipher of their callbacks and its envelopes."""
