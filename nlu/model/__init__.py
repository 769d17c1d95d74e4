"""The arithmetic of understanding: plain numpy, scipy, jieba and OpenCC; Rasa is not imported here."""
