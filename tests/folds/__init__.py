"""The replay difference: the demonstration's recorded histories, folded by the code as it is and as it was."""
