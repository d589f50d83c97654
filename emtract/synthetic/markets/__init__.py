"""The second synthetic archive: offers, announcements and factors, as publishers ship them."""
