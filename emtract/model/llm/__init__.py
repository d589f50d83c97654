"""Language models as annotators: `llm:NAME` asks an OpenAI-compatible server for the seven probabilities of each post."""
