"""What tests share: servers, factories, a browser."""
