// A slip's QR code leads here with the code behind the #, which no browser sends to the server by itself.
const code = document.getElementById("code");
const given = decodeURIComponent(location.hash.slice(1));
if (code && /^[0-9A-Za-z-]{8,9}$/.test(given)) {
  code.value = given;
  code.scrollIntoView({ block: "center" });
}
if (given) history.replaceState(null, "", location.pathname);
