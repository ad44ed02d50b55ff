import { render } from "preact";
import "./style/page.css";

render(<h1>Chat sessions</h1>, document.getElementById("page")!);
