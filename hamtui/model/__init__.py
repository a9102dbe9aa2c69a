"""Pure: what the records mean. No IO, no clock (now is an argument), no Textual."""
