"""The overseer's export: everything that governance.export checks, written from the centre's database and log."""
