"""The page of an audit: what reading posts without firm and date changes."""
