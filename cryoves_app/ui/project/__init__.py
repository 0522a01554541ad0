"""The open project as the window sees it: opening, editing, fitting, measuring."""
