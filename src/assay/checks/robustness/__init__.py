"""Whether the model holds when it is asked again, or asked otherwise."""
