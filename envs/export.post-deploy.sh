# Without its dependencies: they contradict executorch's, and this build needs none of them but
# those that export.yaml names.
python -m pip install --no-deps --no-input stable-audio-tools==0.0.19
