"""Steps that are used inside subdags: their names are nobody's business."""
