"""The line shapes of lmfit, as functions of their parameters."""

from functools import partial
from inspect import signature

import numpy as np
from lmfit import Parameters, lineshapes
from lmfit.models import ExponentialModel, GaussianModel, LorentzianModel

from corpus import Shelf

piece = Shelf(__name__)
X = np.linspace(0.6, 4.2, 9)  # no point of it is near where a step begins or ends
START = {"amplitude": 3.1, "center": 2.175, "sigma": 0.9, "gamma": 0.4, "beta": 1.4, "q": 0.8, "fraction": 0.4}
START |= {"expon": 1.7, "skew": 0.3, "sigma_r": 0.7, "center1": 1.275, "sigma1": 0.9, "center2": 3.075, "sigma2": 0.9}
START |= {"decay": 1.6, "exponent": 1.2, "kt": 0.6, "slope": 0.9, "intercept": 0.3, "frequency": 1.1, "shift": 0.2}
START |= {"a": 0.4, "b": 0.7, "c": 0.2, "y": 0.3, "centerx": 2.1, "centery": 0.5, "sigmax": 0.8, "sigmay": 0.6}
FORMS = {"step": ("linear", "atan", "erf", "logistic"), "thermal_distribution": ("bose", "maxwell", "fermi")}
FORMS["rectangle"] = FORMS["step"]


for name in lineshapes.functions:
    shape = getattr(lineshapes, name)
    numbers = [START[key] for key in list(signature(shape).parameters)[1:] if key != "form"]
    for form in FORMS.get(name, ()):
        f = partial(lambda p, shape, form: shape(X, *p, form=form), shape=shape, form=form)
        piece.add(f"{name}_{form}", f, numbers, "lmfit.lineshapes")
    if name not in FORMS:
        piece.add(name, lambda p, shape=shape: shape(X, *p), numbers, "lmfit.lineshapes")


@piece([3.0, 1.2, 2.0, 2.5, 2.9, 0.7, 4.0, 1.5], "lmfit.models, a composite model")
def composite_model(p):
    model = GaussianModel(prefix="g_") + LorentzianModel(prefix="l_") + ExponentialModel(prefix="e_")
    names = ["g_amplitude", "g_center", "g_sigma", "l_amplitude", "l_center", "l_sigma", "e_amplitude", "e_decay"]
    return model.eval(x=X, **dict(zip(names, p, strict=True)))


@piece([3.0, 1.2, 0.4], "lmfit.Parameters, a residual of named parameters")
def named_parameters(p):
    params = Parameters()
    for name, value in zip(("amp", "freq", "decay"), p, strict=True):
        params.add(name, value=value)
    v = params.valuesdict()
    return v["amp"] * np.sin(v["freq"] * X) * np.exp(-v["decay"] * X) - 1
