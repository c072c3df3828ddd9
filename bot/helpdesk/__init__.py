"""The product: conversations, escalation, handoffs, delivery. Imports no chat vendor's code, no HTTP and no SQL."""
