"""The U-Net: architecture, weights, tiling, engines and training. Heavy libraries are imported lazily."""
