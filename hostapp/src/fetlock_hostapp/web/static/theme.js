// Runs before the page is drawn, so that a chosen theme never flashes. The choice is this browser's.
(function () {
  try {
    var theme = localStorage.getItem("fetlock.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch (refused) { /* storage may be forbidden: the system's theme stands */ }
})();
