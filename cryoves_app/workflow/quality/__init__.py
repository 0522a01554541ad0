"""How good results are: benchmark, evaluation, simulation."""
