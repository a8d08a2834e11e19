// Fetlock in the browser: each file one behaviour, all driven by attributes, nothing inline.
// What pages may write:
//   data-dialog="id"       open that <dialog>; the focus comes back on close
//   data-close             close the dialog or menu it stands in
//   data-confirm="text"    ask first (data-confirm-go="Void invoice" names the button)
//   data-guard             on a form: warn before unsaved changes are left; fills its [data-dirty]
//   data-busy="Saving…"    on a submit button: the words while it works
//   data-copy="text"       copy that text, or with data-copy-from="id" that element's
//   data-toggles           with aria-controls: show and hide that part
//   data-refresh-key="F5"  press this button with that key
//   data-many              on a form that may be sent again at once (it answers with a file)
//   data-print-page        print
//   data-live="outbox"     on a part: sends it the event "live" when a signal of that topic comes (for hx-trigger);
//                          "outbox:invoice:12" is that subject alone; several, parted by spaces
//   data-autosubmit        on a select or checkbox: submit its form on change
//   data-picking           on a form whose rows are chosen by boxes marked data-pick (see js/picking.js)
//   data-slow="label"      on a part with hx-trigger="load": says that it waits, and offers a way out
// What an answer may carry: the header HX-Trigger with {"fetlock:say": "Saved"} is read out.
import { configureHtmx } from "./js/requests.js";
import { watchDialogs } from "./js/dialogs.js";
import { watchMenus } from "./js/menus.js";
import { watchSearch } from "./js/search.js";
import { watchForms } from "./js/forms.js";
import { watchControls } from "./js/controls.js";
import { watchPicking } from "./js/picking.js";
import { watchSlowParts } from "./js/slow.js";
import { watchTheme } from "./js/theme_choice.js";
import { foldPanels } from "./js/panels.js";
import { watchSignals } from "./js/signals.js";

configureHtmx();
watchDialogs();
watchMenus();
watchSearch();
watchForms();
watchControls();
watchPicking();
watchSlowParts();
watchTheme();
foldPanels();
watchSignals();
document.documentElement.dataset.ready = "";
