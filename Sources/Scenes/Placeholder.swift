// Placeholder until this room's first code lands.
