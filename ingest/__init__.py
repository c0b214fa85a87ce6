"""The centre: wire contract, intake, lists, alerts, pictures, accounts, pages, database."""
