"""What residents may know of their neighbourhood: good deeds with consent, official bulletins, pictures of repairs."""
