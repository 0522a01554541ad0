import numpy as np

from cryoves_app.analysis.segmentation.label_boxes import (
    boxes_of,
    component_count,
    face_neighbours,
    pad_box,
    smaller_pieces,
)


def example() -> np.ndarray:
    labels = np.zeros((4, 5, 6), np.uint16)
    labels[1, 1, 1:3] = 7
    labels[1, 1, 4] = 7
    labels[2, 1, 1] = 3
    labels[1, 2, 3] = 9
    return labels


def test_boxes_pieces_and_neighbours() -> None:
    labels = example()
    boxes = boxes_of(labels)
    assert sorted(boxes) == [3, 7, 9]
    assert boxes[7] == (slice(1, 2), slice(1, 2), slice(1, 5))
    assert component_count(labels, 7, boxes[7]) == 2
    assert component_count(labels, 3, boxes[3]) == 1
    assert face_neighbours(labels, 7, boxes[7]) == {0, 3}
    assert face_neighbours(labels, 9, boxes[9]) == {0}
    smaller = smaller_pieces(labels, 7, boxes[7])
    assert smaller is not None
    assert np.argwhere(smaller).tolist() == [[0, 0, 3]]
    assert smaller_pieces(labels, 3, boxes[3]) is None


def test_boxes_grow_within_the_volume() -> None:
    assert pad_box((slice(0, 2), slice(3, 5), slice(1, 2)), (4, 5, 6)) == (
        slice(0, 3),
        slice(2, 5),
        slice(0, 3),
    )
