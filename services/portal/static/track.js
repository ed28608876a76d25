// A receipt's QR code holds number and query code behind `#`, which no server sees: they are put into the form, and go
// out of the address and the history.
"use strict";
(() => {
  const [number, code] = decodeURIComponent(location.hash.slice(1)).split("/");
  if (!number || !code) return;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("number").value = number;
  document.getElementById("code").value = code;
  document.querySelector("form.ask button").focus();
})();
