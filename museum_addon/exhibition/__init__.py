"""Collection records, dates, sizes and rules: no bpy."""
