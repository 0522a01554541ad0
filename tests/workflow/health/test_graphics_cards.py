from __future__ import annotations

from cryoves_app.workflow.health import graphics_cards


def test_nvidia_card_with_driver_and_memory():
    answer = "NVIDIA GeForce RTX 3060, 550.54.14, 12288 MiB\n"
    assert graphics_cards._of_nvidia(answer) == ["NVIDIA GeForce RTX 3060, driver 550.54.14, 12288 MiB"]


def test_nvidia_tool_that_finds_no_driver_tells_of_no_card():
    assert graphics_cards._of_nvidia("No devices were found\n") == []


def test_windows_answers_one_card_without_a_list():
    one = '{"Name":"Intel(R) UHD Graphics","DriverVersion":"31.0.1"}'
    assert graphics_cards._of_windows(one) == ["Intel(R) UHD Graphics, driver 31.0.1"]
    assert len(graphics_cards._of_windows(f"[{one},{one}]")) == 2
    assert graphics_cards._of_windows("") == []


def test_macos_names_its_chip():
    answer = '{"SPDisplaysDataType": [{"sppci_model": "Apple M2"}]}'
    assert graphics_cards._of_macos(answer) == ["Apple M2"]
    assert graphics_cards._of_macos("not json") == []


def test_linux_cards_are_found_on_the_bus(tmp_path):
    card, disk = tmp_path / "0000:00:02.0", tmp_path / "0000:00:03.0"
    for folder, kind in ((card, "0x030000"), (disk, "0x010802")):
        folder.mkdir()
        (folder / "class").write_text(kind, encoding="ascii")
        (folder / "vendor").write_text("0x8086", encoding="ascii")
    driver = tmp_path / "drivers" / "i915"
    driver.mkdir(parents=True)
    (card / "driver").symlink_to(driver)
    assert graphics_cards._of_linux(tmp_path) == ["Intel graphics, kernel driver i915"]


def test_asking_this_computer_works():
    assert all(isinstance(card, str) for card in graphics_cards.graphics_cards())
