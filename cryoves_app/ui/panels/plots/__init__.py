"""Histograms and scatter plots of measures, and the numbers of the pools."""
