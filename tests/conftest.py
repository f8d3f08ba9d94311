"""What every test can ask for."""

pytest_plugins = ["tests.plugin_database", "tests.smtp", "tests.browser"]
