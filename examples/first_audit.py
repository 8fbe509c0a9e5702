"""Train a small model on the example's clients and score the others: the model and the table of a first audit.

    python ../assay/examples/first_audit.py

Writes model.skops and scored.csv into the folder where it is run.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

clients = pd.read_csv(Path(__file__).parent / "credit_default" / "clients.csv.gz")
repaid = clients.pop("default_payment_next_month").map({0: "yes", 1: "no"})
inputs = clients.drop(columns=["SEX", "AGE", "EDUCATION", "MARRIAGE"])
train, test = slice(0, None, 2), slice(1, None, 2)

model = make_pipeline(StandardScaler(), LogisticRegression()).fit(inputs[train], repaid[train])
skops.io.dump(model, "model.skops")

scored = inputs[test].assign(sex=clients.SEX.map({1: "male", 2: "female"}), age=clients.AGE, repaid=repaid)
scored["pd"] = model.predict_proba(inputs[test])[:, list(model.classes_).index("no")].round(6)
scored["decision"] = (scored["pd"] < 0.15).map({True: "approve", False: "refuse"})
scored.to_csv("scored.csv", index=False)
print("model.skops: the model; scored.csv: 15 000 clients that it was not trained on, with its score and the decision")
