"""The seven places of the console. Each shows a part of the state and asks for things; none changes anything itself."""
