"""What is said: words and their times, how they are laid out as subtitles, and whether a result says what it should."""
