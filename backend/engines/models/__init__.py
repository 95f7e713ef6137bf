"""Engines that bring models here and look after them, so that long downloads are jobs like any other."""
