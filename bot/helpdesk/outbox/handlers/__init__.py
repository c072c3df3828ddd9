"""How each kind of effect is performed: with the assistant, on the chat surface, in the ticket system."""
