"""From values of the core and a Translator to OutgoingMessages. Pure: nothing here sends, stores or reads a clock."""
