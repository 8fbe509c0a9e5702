"""Walls around the process that loads a model: it is put behind them before it reads a byte of the model.

Each wall is put up where the system has it. What holds, and by what means, is told to the parent and stands in the
record. The process may still take time, use its memory and give any numbers: those are not kept from it.

Where the kernel has neither Landlock nor seccomp, Python's own hook refuses what harmless code does by mistake. Code
that tries passes it: a model of the format joblib, in an mlflow folder too, is such code where it is trusted.
"""
