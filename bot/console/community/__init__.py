"""What is made public: good deeds, bulletins, pictures of repairs, and the community's page itself."""
