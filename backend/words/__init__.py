"""Words, English and Chinese, and what they stand for: objects, materials, periods, sizes. The vocabulary is data."""
