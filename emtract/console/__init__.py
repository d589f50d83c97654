"""What the prompt shows, by topic; `voice` says how, each other module what."""
